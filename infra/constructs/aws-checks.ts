import { Validations, type PolicyValidationPluginReport } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** `AwsSolutions-IAM5[Resource::…]` is a finding of the rule `AwsSolutions-IAM5`. */
const ruleOf = (finding: string): string => finding.replace(/\[.*$/s, '');

function acknowledgedBy(construct: IConstruct | undefined, rule: string): boolean {
  if (!construct) return false;
  const ids = construct.node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .flatMap(({ data }) => Object.keys((data ?? {}) as Readonly<Record<string, string>>))
    .map((id) => id.replace(/^annotation::/i, ''));
  return ids.includes(rule) || acknowledgedBy(construct.node.scope, rule);
}

/**
 * cdk-nag's AWS solutions pack, with one thing added: a rule that is acknowledged on a construct is acknowledged with all its findings
 * there. The pack alone wants each finding by an id that holds CDK's generated export names, which no reader can check.
 */
export class AwsChecks extends AwsSolutionsChecks {
  override validateScope(scope: IConstruct): PolicyValidationPluginReport {
    const byPath = new Map(scope.node.findAll().map((construct) => [construct.node.path, construct] as const));
    const report = super.validateScope(scope);
    const violations = report.violations
      .map((violation) => ({
        ...violation,
        violatingResources: violation.violatingResources.filter(
          ({ constructPath }) => !acknowledgedBy(byPath.get(constructPath ?? ''), ruleOf(violation.ruleName)),
        ),
      }))
      .filter(({ violatingResources }) => violatingResources.length > 0);
    return { ...report, success: violations.length === 0, violations };
  }
}
